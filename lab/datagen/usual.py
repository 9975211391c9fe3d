"""The few values some columns hold, judged by their names: where no enum and no check lists them."""

from __future__ import annotations

import re

from lab.datagen import grid
from lab.datagen.bounds import Bounds
from lab.datagen.names import snake
from lab.model.data import ColumnSpec
from lab.model.schema import Column, Table

_USUAL: tuple[tuple[str, str, str], ...] = (
    (r"(mime|content|media|file)_?type", "", "image/jpeg, application/pdf, image/png, text/csv"),
    (r"(entity|object|resource|subject|target)_?type", "", "order, user, product, invoice"),
    (r"(http|request)_?method", "", "GET, POST, PUT, DELETE, PATCH"),
    # (pattern on the column, pattern on the table, values, frequent ones first); the first that matches both counts.
    (r"status|state|stage", r"order|purchase", "delivered, shipped, paid, processing, pending, cancelled, returned"),
    (r"status|state", r"payment|charge|transaction|transfer", "succeeded, pending, failed, refunded"),
    (r"status|state", r"refund", "completed, requested, rejected"),
    (r"status|state", r"shipment|deliver|parcel|package", "delivered, in_transit, shipped, pending, returned, lost"),
    (r"status|state", r"subscri|membership|plan", "active, canceled, trialing, past_due, paused"),
    (r"status|state", r"invoice|bill", "paid, open, overdue, draft, void"),
    (r"status|state", r"ticket|issue|incident|case|request", "closed, open, in_progress, waiting, resolved"),
    (r"status|state", r"task|todo|story|job|run|import|export|build", "done, in_progress, queued, failed"),
    (
        r"status|state",
        r"appointment|booking|reservation|visit|session",
        "completed, scheduled, confirmed, cancelled, no_show",
    ),
    (r"status|state", r"attendance", "present, absent, late, excused"),
    (r"status|state", r"enrol|registration|student|course", "active, completed, withdrawn, pending"),
    (r"status|stage", r"lead", "new, contacted, qualified, converted, lost"),
    (r"status|stage", r"deal|opportunit|quote|contract", "prospecting, proposal, negotiation, won, lost"),
    (r"status|state", r"post|article|page|product|review|comment|document|news", "published, draft, archived"),
    (r"status|state", r"user|account|member|customer|employee|patient", "active, inactive, invited, suspended"),
    (r"status|state", r"campaign|project|program", "active, completed, planned, paused, cancelled"),
    (r"status|state", r"email|message|notification|sms", "delivered, sent, queued, opened, bounced"),
    (r"status|state", r"vehicle|asset|device|equipment|machine", "in_use, available, maintenance, retired"),
    (r"status", "", "active, inactive, pending, archived"),
    (r"stage|phase", "", "new, in_progress, review, done"),
    (r"priority|urgency", "", "normal, low, high, urgent"),
    (r"severity", "", "minor, moderate, major, critical"),
    (r"gender|sex", "", "female, male, other"),
    (r"blood_?(type|group)", "", "O+, A+, B+, O-, A-, AB+, B-, AB-"),
    (r"(weight|mass)_?unit", "", "kg, g, lb, t"),
    (r"(length|distance|size|dimension)_?unit", "", "cm, m, mm, in"),
    (r"unit|uom|unit_?of_?measure", r"medicat|drug|prescri|dos", "mg, ml, tablet, g"),
    (r"unit", r"result|test|measure|lab|vital", "mg/dL, mmol/L, g/L, %"),
    (r"unit", r"sensor|reading|metric|telemetry", "°C, %, kWh, V, hPa"),
    (r"unit|uom|unit_?of_?measure", "", "piece, kg, g, l, box, m"),
    (r"(billing_?)?(interval|cycle|period|frequency|recurrence)", "", "monthly, yearly, weekly, daily"),
    (r"plan|tier|(plan|tier)_?(name|code)", "", "free, starter, pro, business, enterprise"),
    (r"(user_?|member_?)?role", r"user|member|account|team|invit|organi", "member, admin, viewer, owner"),
    (
        r"(payment_?)?method|payment_?type",
        r"pay|order|checkout|invoice|refund|transact",
        "card, paypal, bank_transfer, apple_pay, cash",
    ),
    (r"(card_?)?(brand|network)|card_?type", r"card|payment|wallet", "visa, mastercard, amex, discover"),
    (r"card_?brand", "", "visa, mastercard, amex, discover"),
    (r"channel", "", "email, web, phone, chat, social"),
    (r"(lead_?|traffic_?|utm_?)?source", "", "web, referral, organic, ads, event, partner"),
    (r"visibility|access", "", "private, public, internal"),
    (r"platform|os|device_?type|device", "", "ios, android, web, windows, macos"),
    (r"browser", "", "Chrome, Safari, Firefox, Edge"),
    (r"env|environment", "", "production, staging, development"),
    (r"(log_?)?level", r"log", "info, warning, debug, error"),
    (r"level|difficulty", "", "beginner, intermediate, advanced"),
    (
        r"industry|sector",
        "",
        "Technology, Retail, Healthcare, Finance, Manufacturing, Education, Construction, Logistics",
    ),
    (r"dep(ar)?t(ment)?", "", "Sales, Engineering, Support, Marketing, Finance, Operations, Legal"),
    (r"ward", "", "General Medicine, Surgery, Maternity, Pediatrics, Intensive Care, Cardiology"),
    (
        r"special(ty|ization|isation)",
        "",
        "General Practice, Cardiology, Pediatrics, Orthopedics, Dermatology, Neurology, Oncology, Radiology",
    ),
    (
        r"diagnosis|condition",
        "",
        "Hypertension, Type 2 diabetes, Acute bronchitis, Asthma, Migraine, Back pain, Pneumonia, "
        "Fracture of forearm, Anemia, Gastritis",
    ),
    (
        r"test_?name|test_?type",
        "",
        "Hemoglobin, Glucose, Creatinine, Cholesterol, Potassium, TSH, Vitamin D, C-reactive protein",
    ),
    (r"dosage|dose", "", "1 tablet daily, 2 tablets daily, 1 tablet twice daily, 5 ml every 8 hours, as needed"),
    (
        r"insurance(_?(provider|company|name))?|insurer",
        "",
        "Northern Mutual, Unity Health, BlueRiver, Guardian Care, uninsured",
    ),
    (r"grade", "", "B, A, C, D, F"),
    (r"genre", "", "Fiction, Fantasy, Mystery, Biography, Science fiction, History, Poetry"),
    (r"publisher", "", "Harbor Press, Lantern Books, Northlight, Meridian House, Oakleaf Publishing"),
    (r"make|manufacturer", r"vehicle|car|truck|van|bus", "Ford, Mercedes-Benz, Volvo, Renault, Toyota, MAN, Scania"),
    (r"model", r"vehicle|car|truck|van|bus", "Transit, Sprinter, FH16, Master, Hilux, TGX, R 450"),
    (r"(vehicle_?)?type", r"vehicle|car$|cars$|truck|fleet", "van, truck, trailer, car"),
    (r"type|kind", r"address", "home, billing, shipping, work"),
    (r"type|kind", r"ticket|issue|request", "question, bug, feature, incident"),
    (r"type|kind", r"campaign|newsletter|promotion", "email, social, search, display, webinar"),
    (r"type|kind", r"account", "checking, savings, credit"),
    (
        r"(event_?)?type|event|kind",
        r"shipment|parcel|deliver|tracking",
        "picked_up, departed, arrived, out_for_delivery, delivered, delayed",
    ),
    (r"event_?(type|name)|event|action|activity|verb", "", "create, update, view, delete, login, export"),
    (r"type|kind", r"transaction|ledger|entry|movement", "debit, credit, transfer, fee, adjustment"),
    (r"type|kind", "", "standard, basic, premium, custom"),
    (r"category|group", "", "general, standard, seasonal, special, internal"),
    (r"currency(_?code)?", "", "USD, EUR, GBP, CAD, CHF, JPY"),
    (r"language(_?code)?|lang", "", "en, de, fr, es, it, nl, pt, pl"),
    (r"room(_?(no|number))?", "", "101, 102, 104, 201, 203, 207, 301, 305, 310, 412"),
    (r"marital_?status", "", "married, single, divorced, widowed"),
    (r"salutation|honorific|prefix", "", "Ms., Mr., Dr., Mx."),
    (r"=title", r"user|customer|person|people|employee|teacher|doctor|patient|contact", "Ms., Mr., Dr., Prof."),
    (r"weekday|day_?of_?week", "", "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"),
    (r"size", "", "M, L, S, XL, XS"),
    (r"material", "", "cotton, steel, oak, glass, leather, wool"),
    (r"relation(ship)?", "", "spouse, parent, child, sibling, friend"),
    (r"continent", "", "Europe, Asia, North America, Africa, South America, Oceania"),
)


def usual_values(table: Table, column: Column, spec: ColumnSpec, bounds: Bounds) -> tuple[str, ...]:
    """Frequent ones first; none for a column that may hold anything, or of which something else is known."""
    is_plain = spec == ColumnSpec(nulls=spec.nulls, position=spec.position) and bounds == Bounds(
        presence=bounds.presence
    )
    if not grid.is_text(column.type) or not is_plain or _is_of_a_place(table, column):
        return ()
    found = _listed(snake(table.name), snake(column.name))
    longest = grid.text_length(column.type)
    if longest == 1:
        return tuple(dict.fromkeys(value[0].upper() for value in found))
    return tuple(value for value in found if longest is None or len(value) <= longest)


def _listed(table: str, column: str) -> tuple[str, ...]:
    for columns, tables, listed in _USUAL:
        pattern = columns[1:] if columns.startswith("=") else rf"(.*_)?({columns})"
        if re.fullmatch(pattern, column) and re.search(tables, table):
            return tuple(listed.split(", "))
    return ()


def _is_of_a_place(table: Table, column: Column) -> bool:
    """Whether a state is a part of a country."""
    is_state = re.search(r"(^|_)state$", snake(column.name)) is not None
    return is_state and any(re.search(r"city|zip|postal|country|street", other.name) for other in table.columns)
