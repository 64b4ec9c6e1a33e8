"""What the command `esg` does, a module for each subject; `app.cli` puts them together."""
