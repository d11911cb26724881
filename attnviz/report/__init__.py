"""What a person takes along of a view: one HTML file that works without a server, and a file that opens it again."""
