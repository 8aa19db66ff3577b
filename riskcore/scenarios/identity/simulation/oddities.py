"""Hard negatives: what honest people do that looks like an attack, how often they do it here, and why.

Without them every rule would look perfect.  The rates are assumptions, set high enough that each oddity is counted in
a sample of some ten thousand events, and none depends on the country.
"""

from collections.abc import Mapping

from riskcore.scenarios.identity.simulation import habits, logins, networks, people

ODDITIES: Mapping[str, str] = {
    "a device the user never had before": (
        f"{habits.FRESH:.1%} of visits with cookies cleared, a private window or a borrowed machine, and "
        f"{people.NEW_PHONE:.0%} of users get a new phone in 60 days; {people.PRIVATE:.0%} hide on purpose."
    ),
    "users who travel": f"{people.TRAVELLERS:.0%} of users in 60 days, half of them twice; flights take their time.",
    "an address of a household": f"{1 - people.HOUSEHOLDS[0]:.0%} of households have several users behind one router.",
    "an address of five users or more": (
        f"{people.WITH_OFFICE:.0%} work in an office of about {people.COLLEAGUES} users; phones share the gateways of "
        f"their carrier, {networks.HUB_ELSEWHERE:.0%} of which seem to stand in another city."
    ),
    "a device of two users": (
        f"{people.SHARED_TABLET:.0%} of tablets belong to the family, and {people.FAMILY_SHARING:.0%} of users share "
        "their account with it."
    ),
    "a session over several networks": (
        f"{habits.GOES_ON:.0%} of visits go on later: out of the door with the phone, a VPN switched on or off."
    ),
    "VPN, Tor or data centre": (
        f"{people.VPN_USERS:.0%} use a VPN half the time and {people.VPN_SOMETIMES:.0%} now and then; "
        f"{people.CLOUD_OFFICE:.0%} of offices leave through a data centre."
    ),
    "a script": f"{people.SCRIPTED:.1%} of accounts are monitoring and integrations, with libraries for user agents.",
    "a failed password": f"{logins.TYPO:.0%} of visits by password begin with a typo.",
    "a forgotten password: three failures": f"{logins.FORGOTTEN:.1%} of visits by password end so, after up to eight.",
    "three prompts of a second factor": f"{logins.PHONE_ELSEWHERE:.0%} of challenges: the phone lies in another room.",
    "two passkeys at once": f"{logins.PASSKEY_AGAIN:.0%} of those who add one: phone, laptop and key in a row.",
    "a password reset": "Three quarters of the forgotten passwords.",
    "a recovery": "A quarter of the forgotten passwords: the phone or the mailbox is gone, too.",
    "settings changed after a recovery": f"{logins.CHANGED_AFTER_RECOVERY:.0%} of them: new phone, new number.",
    "between midnight and five": (
        f"{people.NIGHT_OWL:.0%} are night owls, {people.SHIFTS:.0%} work in shifts, and {habits.LATE_NIGHT:.0%} of "
        "visits keep no hours."
    ),
    "an action of value on the first day": (
        f"{people.OPENED_WITHIN:.0%} of accounts are new, and people open them because they want to buy something."
    ),
}
