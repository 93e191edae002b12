"""The service accounts below `/account/applications`: clients that customers make for programs of their own."""
