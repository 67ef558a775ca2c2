"""The ground floor of the privacy compliance back-office, and the map of the house.

    consent ‖ dsr          decisions with proof · requests of people; they meet only through events
       governance          register of systems and purposes, retention, breaches
     privacy_portal        ledger, fan-out, inbox, connectors, subjects, staff, organisation, law, vocabulary

Every story has the same five stops: door → action → event → handler → task. `wiring.py` is the switchboard.
"""
