"""What the units are by their legal definitions, in pint's notation: the few that are needed, read in milliseconds.

Exact by definition are the foot (0.3048 m), the US gallon (231 cubic inches), the imperial gallon (4.54609 L), the
pound (0.45359237 kg), the calorie of the International Steam Table (4.1868 J) and its British thermal unit. The therm
is 100,000 of these, as gas bills and emission factors per MMBtu count it; therm_us is the legal one of the United
States, 100,000 Btu at 59 degrees F. A tonne of oil equivalent is 10,000,000 kcal.
"""

UNIT_DEFINITIONS = (
    "micro- = 1e-6 = u-",
    "milli- = 1e-3 = m-",
    "deci- = 1e-1 = d-",
    "kilo- = 1e3 = k-",
    "mega- = 1e6 = M-",
    "giga- = 1e9 = G-",
    "tera- = 1e12 = T-",
    "meter = [length] = m",
    "second = [time] = s",
    "gram = [mass] = g",
    "percent = 0.01 = _",
    "minute = 60 * second = min",
    "hour = 60 * minute = h",
    "liter = decimeter ** 3 = L",
    "hectare = 1e4 * meter ** 2 = ha",
    "foot = 0.3048 * meter",
    "inch = 0.0254 * meter",
    "gallon = 231 * inch ** 3",
    "imperial_gallon = 4.54609 * liter",
    "barrel = 42 * gallon",
    "tonne = 1e6 * gram = t",
    "pound = 453.59237 * gram = lb",
    "newton = kilogram * meter / second ** 2 = N",
    "pascal = newton / meter ** 2 = Pa",
    "bar = 1e5 * pascal",
    "joule = newton * meter = J",
    "watt = joule / second = W",
    "watt_hour = watt * hour = Wh",
    "calorie_it = 4.1868 * joule = cal",
    "Btu_it = 1055.05585262 * joule",
    "Btu_59F = 1054.804 * joule",
)
