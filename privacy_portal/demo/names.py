"""Names, streets and towns of the demo's people, in the languages of the places they live in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """Where a tenth or so of the people live; `#` in a pattern becomes a digit."""

    country: str
    law: str
    language: str
    currency: str
    weight: int
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[tuple[str, str], ...]
    phone: str


IRELAND = Region(
    country="IE",
    law="GDPR",
    language="en",
    currency="EUR",
    weight=22,
    first_names=(
        "Aoife",
        "Ciarán",
        "Niamh",
        "Seán",
        "Órla",
        "Conor",
        "Saoirse",
        "Pádraig",
        "Róisín",
        "Eoin",
        "Gráinne",
    ),
    last_names=(
        "Murphy",
        "O’Sullivan",
        "Byrne",
        "Ní Dhomhnaill",
        "Walsh",
        "Kelly",
        "Fitzgerald",
        "McCarthy",
        "Doyle",
    ),
    streets=("Harbour Row", "Patrick Street", "Mill Lane", "Shannon Quay", "Church Road", "The Green"),
    towns=(("Dublin", "D0# X2##"), ("Cork", "T12 F###"), ("Galway", "H91 A###"), ("Limerick", "V94 E###")),
    phone="+3538#######",
)
GERMANY = Region(
    country="DE",
    law="GDPR",
    language="de",
    currency="EUR",
    weight=20,
    first_names=(
        "Anna",
        "Jürgen",
        "Lena",
        "Mehmet",
        "Sophie",
        "Björn",
        "Katharina",
        "Ömer",
        "Greta",
        "Lukas",
        "Käthe",
    ),
    last_names=(
        "Müller",
        "Schröder",
        "Yılmaz",
        "Groß",
        "Fischer",
        "Köhler",
        "Weiß",
        "Bäcker",
        "Vogt",
        "Hoffmann-Lang",
    ),
    streets=("Hauptstraße", "Lindenweg", "Am Mühlbach", "Goethestraße", "Bahnhofstraße", "Schloßallee"),
    towns=(("Berlin", "10###"), ("Köln", "506##"), ("München", "803##"), ("Leipzig", "041##")),
    phone="+4915########",
)
FRANCE = Region(
    country="FR",
    law="GDPR",
    language="fr",
    currency="EUR",
    weight=14,
    first_names=(
        "Zoé",
        "François",
        "Amélie",
        "Jérôme",
        "Inès",
        "Théo",
        "Hélène",
        "Loïc",
        "Margaux",
        "Étienne",
    ),
    last_names=(
        "Lefèvre",
        "Dubois",
        "Garçon",
        "D’Aubigné",
        "Moreau",
        "Lemaître",
        "Benali",
        "Rousseau",
        "Faure",
    ),
    streets=("rue de l’Église", "avenue Foch", "rue des Lilas", "quai Saint-Michel", "place du Marché"),
    towns=(("Paris", "750##"), ("Lyon", "6900#"), ("Nîmes", "300##"), ("Orléans", "450##")),
    phone="+336########",
)
SPAIN = Region(
    country="ES",
    law="GDPR",
    language="es",
    currency="EUR",
    weight=10,
    first_names=("María", "José", "Lucía", "Íñigo", "Nuria", "Álvaro", "Begoña", "Raúl", "Ximena", "Andrés"),
    last_names=(
        "García López",
        "Muñoz",
        "Ibáñez",
        "Núñez de la Torre",
        "Ortega",
        "Peña",
        "Vázquez",
        "Romero",
    ),
    streets=("Calle Mayor", "Avenida de España", "Plaza del Sol", "Calle Peñón", "Paseo del Río"),
    towns=(("Madrid", "280##"), ("Sevilla", "410##"), ("A Coruña", "150##"), ("Valencia", "460##")),
    phone="+346########",
)
POLAND = Region(
    country="PL",
    law="GDPR",
    language="en",
    currency="EUR",
    weight=8,
    first_names=("Łukasz", "Agnieszka", "Wojciech", "Zofia", "Paweł", "Małgorzata", "Jakub", "Ewa"),
    last_names=("Wójcik", "Kowalczyk", "Zieliński", "Szczęsny", "Dąbrowska", "Źródło", "Nowak"),
    streets=("ul. Długa", "ul. Kościuszki", "Rynek Główny", "al. Niepodległości"),
    towns=(("Kraków", "30-###"), ("Łódź", "90-###"), ("Gdańsk", "80-###")),
    phone="+485########",
)
CALIFORNIA = Region(
    country="US",
    law="CCPA",
    language="en",
    currency="USD",
    weight=26,
    first_names=(
        "Emily",
        "Jamal",
        "Guadalupe",
        "Wei",
        "Ashley",
        "Tyrone",
        "Priya",
        "Hunter",
        "Xóchitl",
        "Brandon",
        "Linh",
    ),
    last_names=(
        "Johnson",
        "Nguyen",
        "Hernández",
        "O’Brien",
        "Washington",
        "Chen",
        "Patel",
        "St. Clair",
        "Lopez-Reyes",
    ),
    streets=("Mission Street", "Sunset Boulevard", "Alameda Avenue", "El Camino Real", "Redwood Drive"),
    towns=(
        ("San Francisco", "CA 941##"),
        ("Los Angeles", "CA 900##"),
        ("Fresno", "CA 937##"),
        ("San José", "CA 951##"),
    ),
    phone="+1415555####",
)
REGIONS = (IRELAND, GERMANY, FRANCE, SPAIN, POLAND, CALIFORNIA)
