"""Whether this machine runs on its battery."""


def is_on_battery() -> bool:
    """Return whether the machine runs on a battery; False where it has none, or does not say."""
    import psutil  # not needed before the first reply has been read

    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return battery is not None and battery.power_plugged is False
