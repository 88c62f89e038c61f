"""Import vendors, products, history or sessions from a CSV or XLSX file."""

from flask.cli import AppGroup

commands = AppGroup("import", help="Import vendors, products, history or sessions from a CSV or XLSX file.")
