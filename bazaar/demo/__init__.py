"""The sample edition: 73 invented vendors of a real kind of bazaar, loaded so that a newcomer sees a running evening."""
