"""What is at rest: tables, statements per aggregate, migrations, and the one seam to the database."""
