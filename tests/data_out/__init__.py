"""Data out: files of readings, rollups, metrics and disclosures, feeds of spreadsheets and dashboards."""
