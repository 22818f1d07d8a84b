"""Offices, people, appointments, and the confidentiality of all of it."""
