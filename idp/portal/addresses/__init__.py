"""`/account/addresses`: the customer's e-mail addresses, and the changes of them that wait."""
