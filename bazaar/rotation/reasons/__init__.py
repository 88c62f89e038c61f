"""Why a plan is as it is, and why something cannot be had. Begin with `explain` and `diagnose`.

standing, variation: what another vendor in a slot would cost; broken: which hard rules a plan breaks; no numpy, pages ask too.
diagnosis, ground, blocking, shortfall, repairs: groups that cannot all have what they ask for, and what would help.
"""
