"""The JSON API of the host console, and of devices that append to the ledger."""
