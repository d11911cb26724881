"""Model files that somebody uploaded: checked as data, then built in a child process, and only then opened here."""
