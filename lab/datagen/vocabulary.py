"""What rows of a kind are called: parts that are put together."""

from __future__ import annotations

import re

from lab.datagen.names import snake

Parts = tuple[tuple[str, ...], ...]
"""A name is one of each, in this order."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


_TOPICS = _words(
    "algebra, statistics, biology, chemistry, physics, astronomy, geography, history, economics, philosophy, ethics, "
    "linguistics, literature, architecture, programming, databases, cryptography, networks, robotics, "
    "genetics, ecology, "
    "nutrition, anatomy, sociology, psychology, accounting, marketing, negotiation, photography, drawing, acoustics, "
    "mechanics, optics, geology, law, logic, rhetoric, meteorology, archaeology, design"
)
_TOWNS = _words(
    "Ashford, Brookfield, Cedar Falls, Danbury, Eastport, Fairview, Glenwood, Harborview, Irvington, "
    "Jasper, Kingsbury, "
    "Lakeside, Maplewood, Northgate, Oakridge, Pinecrest, Quincy, Riverside, Southport, Thornton, Upland, "
    "Valley Forge, "
    "Westfield, Yorktown, Alderney, Birchwood, Clearwater, Dunmore, Elmhurst, Foxborough, Greenville, Hillcrest, "
    "Inglewood, Juniper, Kenwood, Linden, Millbrook, Newbridge, Overton, Redwood, Stonebridge, Tidewater, Wakefield"
)
_SURNAMES = _words(
    "Abbott, Barlow, Castell, Drummond, Ellison, Fairfax, Garrick, Hollis, Iverson, Jarvis, Keating, "
    "Lindqvist, Marlowe, "
    "Norwood, Osborne, Pemberton, Quigley, Rutherford, Sinclair, Thorne, Underhill, Vaughn, Whitaker, Yates, Ziegler, "
    "Andersen, Bergmann, Carvalho, Delacroix, Esposito, Ferreira, Galvez, Hartmann, Ito, Johansson, Kowalski, Laurent, "
    "Moreau, Novak, Okafor, Petrov, Ramirez, Schneider, Tanaka, Ueda, Vermeer, Weber, Yilmaz, Zhou, Bancroft"
)
_TRADES = _words(
    "Analytics, Consulting, Energy, Engineering, Foods, Healthcare, Instruments, Labs, Logistics, Media, Networks, "
    "Partners, Pharma, Robotics, Software, Solutions, Studios, Systems, Textiles, Trading"
)
_FORMS = _words("Inc, Ltd, Group, LLC, Holdings")
_ADJECTIVES = _words(
    "amber, autumn, bold, bright, calm, clear, coastal, copper, crimson, early, eastern, emerald, evening, "
    "first, gentle, "
    "golden, grand, hidden, ivory, late, little, lunar, misty, modern, northern, open, quiet, rapid, royal, rustic, "
    "scarlet, shining, silent, silver, simple, solid, southern, steady, sunny, swift, urban, velvet, "
    "western, wild, winter"
)
_NOUNS = _words(
    "anchor, arrow, bay, beacon, bridge, canyon, cedar, circle, cloud, compass, creek, crown, delta, falcon, field, "
    "forest, fountain, garden, gate, grove, harbor, horizon, island, lantern, meadow, mill, mountain, oak, orchard, "
    "path, peak, pine, prairie, quarry, ridge, river, shore, spring, station, stone, summit, tower, trail, valley, wave"
)
_GOODS = _words(
    "armchair, backpack, bench, blanket, bookshelf, bowl, cabinet, candle holder, clock, coat rack, "
    "cutting board, desk, "
    "dresser, floor lamp, frame, headboard, jug, kettle, mirror, mug, nightstand, organizer, pitcher, planter, plate, "
    "rug, serving tray, shelf, side table, sofa, stool, table lamp, tray, vase, wall hook, wardrobe, watering can"
)
COMPANY: Parts = (_SURNAMES + _TOWNS, _TRADES, _FORMS)
_ANY: Parts = (tuple(word.capitalize() for word in _ADJECTIVES), _NOUNS)
_GENERAL = _words(
    "Compact, Classic, Deluxe, Ergonomic, Essential, Folding, Handmade, Heavy-duty, Lightweight, Minimalist, Modern, "
    "Portable, Premium, Retro, Rustic, Scandinavian, Sleek, Slim, Stackable, Vintage"
)
_MATERIALS = _words(
    "aluminum, bamboo, beech, brass, canvas, ceramic, copper, cork, cotton, glass, leather, linen, marble, "
    "oak, rattan, "
    "steel, walnut, wool"
)
_NAMES: tuple[tuple[str, Parts], ...] = (
    # (pattern on what is named, parts); the first that matches counts.
    (r"product|item|variant|goods|merchandise|sku", (_GENERAL, _MATERIALS, _GOODS)),
    (
        r"categor|collection|section",
        (
            _words(
                "Bathroom, Beach, Bedroom, Camping, Children's, Cycling, Dining, Fitness, Garden, Gift, "
                "Hallway, Holiday, "
                "Kitchen, Laundry, Living room, Office, Outdoor, Party, Pet, Picnic, School, Seasonal, Sports, Travel"
            ),
            _words("accessories, clothing, decor, essentials, furniture, lighting, storage, supplies, textiles, tools"),
        ),
    ),
    (
        r"(^|_)(tag|label|keyword|topic|interest|hashtag)s?$",
        (
            _words("best, daily, fast, new, old, quick, rare, seasonal, small, special, top, urgent, vip, weekly"),
            _words("customer, deal, design, feature, fix, idea, pick, question, release, report, request, story, tip"),
        ),
    ),
    (
        r"plan|tier|package|subscription",
        (
            _words("Free, Starter, Basic, Plus, Pro, Team, Business, Enterprise, Student, Nonprofit"),
            _words("monthly, annual, trial, legacy, quarterly, lifetime"),
        ),
    ),
    (
        r"role|permission|scope|policy|policies",
        (
            _words("Account, Billing, Catalog, Content, Project, Report, Sales, Security, Support, System, Team, User"),
            _words("administrator, approver, auditor, editor, manager, operator, owner, viewer"),
        ),
    ),
    (
        r"department|division|faculty|specialt",
        (
            _words(
                "Central, Regional, General, Applied, Advanced, Clinical, Digital, Internal, International, Strategic"
            ),
            _words(
                "Accounting, Cardiology, Communications, Design, Engineering, Finance, Legal Affairs, Logistics, "
                "Marketing, Neurology, Oncology, Operations, Pediatrics, Procurement, Radiology, Research, "
                "Sales, Surgery"
            ),
        ),
    ),
    (
        r"subject|course|lesson|class(es)?$|training|module|curricul|skill",
        (
            _words(
                "Introduction to, Advanced, Applied, Principles of, Topics in, Foundations of, Practical, Modern, "
                "History of, Methods in"
            ),
            _TOPICS,
        ),
    ),
    (
        r"term|semester|season|academic",
        (_words("Spring, Summer, Autumn, Winter"), tuple(str(year) for year in range(2016, 2027))),
    ),
    (
        r"school|universit|college|academ",
        (_TOWNS + _SURNAMES, _words("Primary School, High School, Academy, College, Grammar School, Institute")),
    ),
    (
        r"clinic|hospital|practice|pharmac|surger",
        (_TOWNS + _SURNAMES, _words("Clinic, Hospital, Medical Center, Health Center, Family Practice, Polyclinic")),
    ),
    (
        r"medicat|medicine|drug|substance",
        (
            _words(
                "Amlodipine, Amoxicillin, Atorvastatin, Azithromycin, Bisoprolol, Cetirizine, "
                "Ciprofloxacin, Citalopram, "
                "Clopidogrel, Diclofenac, Doxycycline, Fluoxetine, Furosemide, Gabapentin, Ibuprofen, Levothyroxine, "
                "Lisinopril, Loratadine, Losartan, Metformin, Metoprolol, Naproxen, Omeprazole, "
                "Paracetamol, Prednisolone, "
                "Ramipril, Sertraline, Simvastatin, Tramadol, Valsartan"
            ),
            _words("5 mg, 10 mg, 20 mg, 25 mg, 50 mg, 100 mg, 200 mg, 250 mg, 400 mg, 500 mg"),
            _words("tablets, capsules, oral solution, film-coated tablets"),
        ),
    ),
    (
        r"warehouse|depot|store|branch|location|site|office|facilit|shop|venue|station|hub|restaurant|hotel|building",
        (_TOWNS + _SURNAMES, _words("Central, North, South, East, West, Harbor, Airport, Old Town, Park, Market")),
    ),
    (
        r"carrier|shipper|courier|airline",
        (_SURNAMES + _TOWNS, _words("Freight, Express, Cargo, Lines, Transport"), _FORMS),
    ),
    (r"route|line|trip|flight", (_TOWNS, tuple(f"– {town}" for town in _TOWNS))),
    (
        r"project|initiative|program|epic|milestone|sprint",
        (
            _words(
                "Website, Mobile app, Data warehouse, Billing, Payroll, Intranet, Network, Office, "
                "Onboarding, Inventory, "
                "Customer portal, Reporting, Search, Checkout, Security, Supply chain"
            ),
            _words("redesign, migration, rollout, upgrade, integration, audit, pilot, expansion, automation, relaunch"),
            _words(
                "for partners, for retail, for wholesale, for students, in Europe, in Asia, in Canada, "
                "phase one, phase two"
            ),
        ),
    ),
    (
        r"task|issue|ticket|todo|bug|story|stories|incident|request|job$|jobs$|work",
        (
            _words(
                "Fix, Review, Update, Investigate, Prepare, Test, Document, Simplify, Restore, Speed up, Check, Replace"
            ),
            _words(
                "login page, invoice export, password reset, search results, quarterly report, "
                "email delivery, checkout, "
                "mobile layout, payment webhook, data import, access rights, address form, printer setup, backup, "
                "contact list, order history, session timeout, dashboard, translations, time zone of events"
            ),
        ),
    ),
    (
        r"deal|opportunit|quote|proposal|contract|lead",
        (_SURNAMES + _TOWNS, _words("renewal, expansion, new business, pilot, upgrade, framework agreement")),
    ),
    (
        r"campaign|newsletter|promotion|coupon|discount|offer",
        (
            _words(
                "Spring, Summer, Autumn, Winter, Black Friday, Back to school, Holiday, New Year, Welcome, Anniversary"
            ),
            _words(
                "sale, newsletter, launch, webinar, giveaway, survey, reactivation, preview, loyalty week, clearance"
            ),
        ),
    ),
    (
        r"event|conference|meeting|webinar|workshop|session|appointment",
        (
            tuple(topic.capitalize() for topic in _TOPICS),
            _words("workshop, meetup, conference, roundtable, open day, summit, seminar, review, kickoff, webinar"),
        ),
    ),
    (
        r"review|rating|feedback|testimonial",
        (
            _words(
                "Great, Good, Solid, Decent, Disappointing, Excellent, Poor, Surprising, Fair, Outstanding, Average"
            ),
            _words(
                "quality, value for money, fit, finish, service, choice, gift, purchase, design, packaging, product"
            ),
        ),
    ),
    (
        r"post|article|blog|page|news|document|thread|question|content|note|message|announcement|file",
        (
            _words(
                "How to learn, A guide to, Lessons from, The future of, Notes on, Why we chose, "
                "Ten facts about, The case for"
            ),
            _TOPICS,
        ),
    ),
    (
        r"book|film|movie|song|album|track|game|episode|series|novel|playlist",
        (tuple(f"The {word}" for word in _ADJECTIVES), _NOUNS),
    ),
    (
        r"recipe|dish|menu|meal",
        (
            _words("Baked, Braised, Creamy, Crispy, Fried, Grilled, Marinated, Roasted, Smoked, Spicy, Steamed"),
            _words("aubergine, beef, chicken, chickpeas, cod, duck, lamb, lentils, mushrooms, potatoes, salmon, tofu"),
            _words("with rice, with herbs, with lemon, with noodles, with salad, with vegetables"),
        ),
    ),
    (r"team|group|squad|club|channel|room|workspace|board|community|list", _ANY),
)


def parts_of(named: str) -> Parts:
    """Of the names of what a table, or the first word of a column, says: `products`, `product_name`."""
    return next((parts for pattern, parts in _NAMES if re.search(pattern, snake(named))), _ANY)
