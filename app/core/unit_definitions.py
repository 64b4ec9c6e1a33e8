"""What the units are by their legal definitions, in pint's notation: the few that are needed, read in milliseconds.

Exact by definition are the yard (0.9144 m), the US gallon (231 cubic inches), the pound (0.45359237 kg) and the British
thermal unit of the International Steam Table (of its calorie, 4.1868 J).
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
    "yard = 0.9144 * meter",
    "foot = yard / 3",
    "inch = yard / 36",
    "gallon = 231 * inch ** 3",
    "tonne = 1e6 * gram = t",
    "pound = 453.59237 * gram = lb",
    "newton = kilogram * meter / second ** 2 = N",
    "pascal = newton / meter ** 2 = Pa",
    "bar = 1e5 * pascal",
    "joule = newton * meter = J",
    "watt = joule / second = W",
    "watt_hour = watt * hour = Wh",
    "Btu_it = 1055.05585262 * joule",
)
