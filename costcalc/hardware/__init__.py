"""Devices, and the least time a network takes on one."""
