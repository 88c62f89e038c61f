"""The command line: the same use cases as the pages, for helpers' scripts. With --json stdout is one document."""
