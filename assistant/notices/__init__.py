"""Digests, reminders and briefings that come by themselves: at a person's time, once, by right."""
