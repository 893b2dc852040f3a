"""Words that made-up people are made of. First and last names are common ones, drawn independently of each other."""

from __future__ import annotations


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _list(
    """
    Aaron Abigail Adam Aisha Alan Alejandro Alice Alicia Amanda Amber Amir Amy Ana Andrea Andrew Angela Anna Anthony
    Antonio Ashley Austin Barbara Benjamin Bernard Beth Beverly Brandon Brenda Brian Brittany Bruce Bryan Caleb
    Camila Carl Carla Carlos Carmen Carol Caroline Catherine Charles Charlotte Chen Christian Christina Cindy Claire
    Clara Cody Connor Crystal Cynthia Daniel Danielle David Dawn Deborah Debra Dennis Derek Diana Diego Dolores
    Donald Donna Doris Dorothy Douglas Dylan Edward Elena Eli Elijah Elizabeth Ella Emily Emma Eric Erin Ethan
    Eugene Eva Evan Evelyn Faith Fatima Felix Fernando Frances Frank Gabriel Gary George Gerald Gina Gloria Grace
    Grant Gregory Hannah Harold Harper Harry Heather Hector Helen Henry Holly Hugo Ian Ibrahim Irene Isaac Isabel
    Ivan Jack Jacob Jacqueline Jamal James Janet Janice Jasmine Jason Javier Jeffrey Jennifer Jeremy Jesse Jessica
    Joan Joel John Jonathan Jordan Jorge Jose Joseph Joshua Joyce Juan Judith Julia Julian Justin Karen Katherine
    Kathleen Kayla Keith Kelly Kenneth Kevin Kimberly Kyle Larry Laura Lauren Lawrence Leah Leo Leonard Leslie Liam
    Linda Lisa Logan Lucas Lucia Lucy Luis Luke Lydia Madison Manuel Marcus Margaret Maria Marie Mario Mark Martha
    Martin Mary Mason Matthew Maya Megan Mei Melissa Michael Michelle Miguel Mohammed Monica Nancy Naomi Natalie
    Nathan Nicholas Nicole Noah Nora Oliver Olivia Omar Oscar Owen Pamela Patricia Patrick Paul Paula Peter Philip
    Priya Rachel Ralph Ramon Raymond Rebecca Ricardo Richard Robert Roberta Roger Ronald Rosa Rose Roy Ruth Ryan
    Samantha Samuel Sandra Sara Scott Sean Sharon Shirley Sofia Sophia Stephanie Stephen Steven Susan Sylvia Tamara
    Teresa Terry Theresa Thomas Tiffany Timothy Todd Tyler Valerie Vanessa Veronica Victor Victoria Vincent Virginia
    Walter Wanda Wayne Wei Wendy William Willie Xavier Yolanda Yusuf Zachary Zoe
    """
)

LAST_NAMES = _list(
    """
    Abbott Acosta Adams Aguilar Ahmed Alexander Ali Allen Alvarez Anderson Andrews Armstrong Arnold Ashworth Austin
    Bailey Baker Baldwin Banks Barker Barnes Barnett Barrett Bates Beck Bell Bennett Berry Bishop Black Blair Boyd
    Bradley Brewer Brooks Brown Bryant Burke Burns Burton Bush Butler Byrd Caldwell Campbell Cannon Carlson
    Carpenter Carr Carroll Carter Castillo Castro Chambers Chan Chang Chapman Chavez Chen Clark Clayton Cohen Cole
    Coleman Collins Contreras Cook Cooper Cortez Cox Craig Crawford Cruz Cunningham Curtis Dang Daniels Davidson
    Davis Dawson Day Dean Delgado Diaz Dixon Douglas Doyle Duncan Dunn Edwards Elliott Ellis Espinoza Estrada Evans
    Farrell Ferguson Fernandez Fields Fisher Fleming Fletcher Flores Flynn Ford Foster Fowler Fox Francis Franklin
    Frazier Freeman Fuller Garcia Gardner Garrett Garza George Gibson Gilbert Gomez Gonzales Goodman Gordon Graham
    Grant Graves Gray Green Greene Griffin Guerrero Gupta Gutierrez Guzman Hall Hamilton Hansen Hanson Harper Harris
    Harrison Hart Harvey Hawkins Hayes Henderson Henry Hernandez Herrera Hicks Hill Hoang Hoffman Holland Holmes
    Hopkins Horton Howard Hudson Huang Hughes Hunt Hunter Hussain Ibarra Ingram Jackson Jacobs James Jenkins Jensen
    Jimenez Johnson Johnston Jones Jordan Joseph Kaplan Keller Kelley Kelly Kennedy Khan Kim King Klein Knight
    Kowalski Kumar Lambert Lane Larson Lawrence Lee Leonard Lewis Lin Little Liu Logan Long Lopez Lowe Lucas Luna
    Lynch Lyons Mack Maldonado Manning Marquez Marshall Martin Martinez Mason Matthews May McCarthy McCoy McDonald
    McKinney Medina Mejia Mendez Mendoza Meyer Miles Miller Mills Mitchell Molina Montgomery Moore Morales Moreno
    Morgan Morris Morrison Munoz Murphy Murray Myers Navarro Neal Nelson Newman Newton Nguyen Nichols Norris Norton
    Obrien Oliver Olson Ortega Ortiz Owens Padilla Palmer Park Parker Parsons Patel Patterson Payne Pearson Pena
    Perez Perkins Perry Peters Peterson Pham Phillips Pierce Porter Powell Price Quinn Ramirez Ramos Ray Reed Reese
    Reid Reyes Reynolds Rhodes Rice Richards Richardson Riley Rios Rivera Robbins Roberts Robertson Robinson
    Rodriguez Rogers Rojas Romero Rose Ross Ruiz Russell Ryan Salazar Sanchez Sanders Sandoval Santiago Santos
    Schmidt Schneider Schultz Schwartz Scott Shah Sharma Shaw Shelton Silva Simmons Simon Simpson Sims Singh Smith
    Snyder Soto Spencer Stanley Stephens Stevens Stewart Stone Sullivan Sutton Swanson Tanaka Taylor Terry Thomas
    Thompson Torres Tran Tucker Turner Tyler Valdez Vargas Vasquez Vaughn Vega Wagner Walker Wallace Walsh Walters
    Wang Ward Warren Washington Watkins Watson Watts Weaver Webb Weber Webster Welch Wells West Wheeler White
    Williams Williamson Willis Wilson Wong Wood Woods Wright Wu Yang Yoder Young Zhang Zimmerman
    """
)

STREETS = _list(
    """
    Maple Oak Pine Cedar Elm Walnut Chestnut Birch Spruce Willow Lake Hill Park River Church Mill Spring Ridge
    Highland Meadow Sunset Franklin Jefferson Madison Lincoln Jackson Adams Harbor Garden Orchard Prospect Union
    Liberty Central Forest Valley College Market Bridge Canal Pearl Locust Magnolia Juniper Sycamore Dogwood
    """
)
STREET_KINDS: tuple[str, ...] = ("St", "Ave", "Rd", "Dr", "Ln", "Ct", "Blvd", "Way", "Pl", "Ter")
#: Domains reserved for examples (RFC 2606), with hosts below them for variety.
MAIL_DOMAINS: tuple[str, ...] = (
    "example.com", "example.org", "example.net", "mail.example.com", "post.example.org", "inbox.example.net",
    "home.example.com", "web.example.org",
)  # fmt: skip
TITLES: tuple[str, ...] = ("Associate", "Team Lead", "Manager", "Analyst", "Specialist", "Coordinator", "Director")
DEPARTMENTS: tuple[str, ...] = ("Sales", "Support", "Marketing", "Stores", "Logistics", "Finance", "E-Commerce")
TIERS: tuple[str, ...] = ("Bronze", "Silver", "Gold", "Platinum")
COMPANIES: tuple[str, ...] = (
    "Bayview Outfitters", "Northgate Home", "Cobblestone Gifts", "Larkspur Interiors", "Self", "Tidewater Hotels",
    "Juniper Schools", "Stonebridge Clinics", "[not provided]",
)  # fmt: skip
