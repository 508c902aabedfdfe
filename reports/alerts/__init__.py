"""Alerts: rules over metrics, tried on the past before they are saved, told once.

Where the figures come from is the metric layer; where an alert stands is kept in the core.
"""

from reports.alerts.watch import mute, rehearse, save_rule, switch_off, watch

__all__ = ["mute", "rehearse", "save_rule", "switch_off", "watch"]
