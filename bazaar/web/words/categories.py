"""Kinds of goods and names of languages in English. Organizers may write others, which stay as they are."""

ENGLISH = {
    "Agribisnis": "Farm produce",
    "Camilan": "Snacks",
    "Camilan khas": "Local specialities",
    "Fesyen dan batik": "Fashion and batik",
    "Hampers": "Gift baskets",
    "Kecantikan": "Beauty",
    "Kopi dan cokelat": "Coffee and chocolate",
    "Kriya": "Crafts",
    "Kue Lebaran": "Eid cookies",
    "Kuliner olahan": "Prepared food",
    "Minuman dan herbal": "Drinks and herbs",
    "Olahan edamame": "Edamame products",
    "Olahan hasil laut": "Seafood products",
    "Tembakau": "Tobacco",
}


def category_name(category: str, language: str) -> str:
    """A kind of goods in the reader's language."""
    return ENGLISH.get(category, category) if language == "en" else category


_LANGUAGES = {
    "Bali": "Balinese",
    "Indonesia": "Indonesian",
    "Inggris": "English",
    "Jawa": "Javanese",
    "Madura": "Madurese",
    "Osing": "Osing",
    "Sunda": "Sundanese",
}


def language_name(name: str, language: str) -> str:
    """The name of a language in the reader's own."""
    return _LANGUAGES.get(name, name) if language == "en" else name
