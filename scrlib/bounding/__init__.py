"""What print determines: the least and greatest value of a quantity, and what reaches them."""
