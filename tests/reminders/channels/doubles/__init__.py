"""Doubles of what channels speak to: real servers on this machine, with a memory and with faults on demand."""
