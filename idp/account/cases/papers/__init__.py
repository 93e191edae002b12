"""Files that people upload as documents: recognised by their structure, and taken apart no further than that."""
