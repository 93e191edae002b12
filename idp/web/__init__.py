"""What every answer passes through: pages, forms, cookies, headers, errors, and the server itself."""
