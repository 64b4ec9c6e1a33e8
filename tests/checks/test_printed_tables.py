"""What the checks find in the two printed tables, defect by defect, and in a table in which nothing is wrong."""

from app.demo.printed_tables import printed_table
from tests.checks.tables import Found, Printer, table

MAGNETS: dict[str, Found] = {
    "D01": [("unit_slip", "consumption.electricity")],
    "D02": [("does_not_foot", "ghg.total")],
    "D03": [("rounding_rule", "ghg.scope2")],
    "D04": [("factor_not_cited", "ghg.scope1")],
    "D05": [("stated_factor_not_used", "ghg.scope2")],
    "D06": [("stale_factor", "ghg.scope2")],
    "D07": [("wrong_grid", "ghg.scope2")],
    "D08": [
        ("denominator_undisclosed", "consumption.electricity.intensity.revenue.product"),
        ("denominator_undisclosed", "consumption.fuel.natural_gas.intensity.revenue.product"),
        ("denominator_undisclosed", "ghg.intensity.revenue.product"),
        ("denominator_undisclosed", "water.intensity.revenue.product"),
    ],
    "D10": [
        ("assertion_contradicted", "consumption.electricity"),
        ("assertion_contradicted", "consumption.fuel.natural_gas"),
        ("assertion_contradicted", "ghg.total"),
        ("assertion_contradicted", "water.total"),
    ],
    "D11": [("two_units", "water.discharge"), ("kpi_misfiled", "water.discharge")],
    "D12": [("boundary_differs", "energy.renewable_share")],
    "D13": [
        ("disclosed_without_figure", "A1.1"),
        ("explanation_missing", "A2.5"),
        ("explanation_missing", "B4.1"),
        ("explanation_missing", "B4.2"),
        ("intensity_missing", "waste.hazardous"),
        ("intensity_missing", "waste.nonhazardous"),
    ],
    "D14": [
        ("energy_not_converted", "consumption.fuel.natural_gas"),
        ("energy_unit", "consumption.electricity"),
    ],
    "D15": [
        ("ratio_differs", "training.hours_average"),
        ("ratio_differs", "training.hours_average"),
        ("ratio_differs", "training.hours_average"),
        ("weighted_average_differs", "training.hours_average"),
        ("weighted_average_differs", "training.hours_average"),
    ],
    "D16": [("ratio_differs", "community.local_employee_share")],
    "D17": [("roll_forward", "workforce.turnover_rate"), ("weighted_average_differs", "workforce.turnover_rate")],
    "D20": [
        ("comparative_missing", "energy.renewable_share"),
        ("comparative_missing", "waste.compliance"),
        ("comparative_missing", "waste.hazardous"),
        ("comparative_missing", "waste.nonhazardous"),
        ("comparative_missing", "water.discharge"),
        *(
            ("single_year", key)
            for key in (
                "community.donations",
                "community.local_employee_share",
                "community.local_employees",
                "community.scholarship_funds",
                "community.scholarship_students",
                "community.taxes_paid",
                "efficiency.energy_saved",
                "efficiency.energy_use",
                "efficiency.equipment_replaced",
                "energy.solar_capacity_planned",
                "ghg.avoided",
                "health.vaccination_rate",
                "injuries.fatalities",
                "injuries.lost_days",
                "materials.recycled_share",
                "patents.granted",
                "patents.pending",
                "safety.drills",
                "safety.induction_attendances",
                "safety.investment",
                "safety.major_accidents",
                "safety.officers",
                "safety.training_participants",
                "suppliers.review_rate",
                "suppliers.total",
                "targets.yearly_reduction",
                "workforce.contract_rate",
                "workforce.new_hires",
                "workforce.turnover_rate",
            )
        ),
    ],
}
MAGNESIUM: dict[str, Found] = {
    "D21": [("kpi_missing", "A1.2")],
    "D22": [("kpi_missing", "A1.1")],
    "D24": [
        ("energy_not_converted", "consumption.fuel.coal.bituminous"),
        ("energy_not_converted", "consumption.fuel.diesel"),
        ("energy_unit", "consumption.electricity"),
    ],
    "D26": [("several_grids", "consumption.electricity")],
    "D27": [
        ("intensity_missing", "packaging.total"),
        ("intensity_missing", "waste.hazardous"),
        ("intensity_missing", "waste.nonhazardous"),
        ("no_comparatives", None),
        *(("kpi_missing", f"B{kpi}") for kpi in ("1.1", "1.2", "2.1", "2.2", "2.3", "3.1", "3.2", "4.1", "4.2")),
        *(("kpi_missing", f"B{kpi}") for kpi in ("5.1", "5.2", "5.3", "5.4", "6.1", "6.2", "6.3", "6.4", "6.5")),
        *(("kpi_missing", f"B{kpi}") for kpi in ("7.1", "7.2", "7.3", "8.1", "8.2")),
    ],
    "beside the list": [("kpi_missing", kpi) for kpi in ("A1.5", "A1.6", "A2.4", "A4.1")],
}
# What the words of a finding must tell, by the defect it is of.
WORDS = {
    "D01": ("unit_slip", "51254 tCO2e over 97496 kWh (2019, 2020, 2021)", "off by 10^3"),
    "D02": ("does_not_foot", "73971", "73970", "rounding explains it"),
    "D03": ("rounding_rule", "only rounding down", "ghg.scope2 2020", "71793"),
    "D05": ("stated_factor_not_used", "0.0005955 is 100186.3245", "cn_grid_regional_2012_central gives it"),
    "D06": ("stale_factor", "0.581 (97747 tCO2e)", "0.5835 (98167 tCO2e)", "0.5354 (90075 tCO2e)"),
    "D07": ("wrong_grid", "baotou (354 persons) stands in CN-NORTH", "is 0.8843"),
    "D08": (
        "denominator_undisclosed",
        "revenue.total would give 0.290 in 2021, not 0.31",
        "1601584722 to 1665025806 CNY",
    ),
    "D10": ("assertion_contradicted", "per product.output, consumption.electricity changed by 14.7 %"),
    "D11": ("two_units", "24.93 10kt", "249.3 kt"),
    "D12": ("boundary_differs", "a ratio of ganzhou alone, in a table of baotou, ganzhou"),
    "D14": ("energy_not_converted", "it is 12814 MWh"),
    "D15": ("ratio_differs", "183.93", "183.982", "the printed digits are those of gender female"),
    "D16": ("ratio_differs", "58.42", "58.430"),
    "D17": ("weighted_average_differs", "10.03 by age", "10.19 by gender", "10.05 by region"),
    "D24": ("energy_not_converted", "it is 578141 MWh"),
    "D26": ("several_grids", "36904 t", "42979 t"),
}


def test_the_first_printed_table_shows_its_defects_and_nothing_else(printer: Printer) -> None:
    _shows(printer, "magnets", MAGNETS)


def test_the_second_printed_table_shows_its_defects_and_nothing_else(printer: Printer) -> None:
    _shows(printer, "magnesium", MAGNESIUM)


def _shows(printer: Printer, name: str, expected: dict[str, Found]) -> None:
    checks = printer.checks(printed_table(name))
    found = [(check["code"], check["key"]) for check in checks]
    for defect, findings in expected.items():
        assert [each for each in findings if each not in found] == [], defect
    wanted = [each for findings in expected.values() for each in findings]
    assert sorted(map(str, found)) == sorted(map(str, wanted))
    for defect in expected.keys() & WORDS.keys():
        code, *words = WORDS[defect]
        details = [check["detail"] for check in checks if check["code"] == code]
        assert any(all(word in detail for word in words) for detail in details), (defect, details)
    assert all(check["mend"] for check in checks)


def test_a_table_in_order_shows_nothing(printer: Printer) -> None:
    assert printer.checks(printer.explained(table())) == []
