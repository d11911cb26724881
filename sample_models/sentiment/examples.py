"""The example sentences of the sentiment model's card, written for this project."""

EXAMPLES = (
    "The soup was hot, the bread was fresh and the waiter was lovely.",
    "This lamp broke after two days and nobody answered my email.",
    "What a beautiful little film, I smiled the whole time!",
    "The plot is boring and the acting is even worse.",
    "Not bad at all, I would order it again.",
    "The room was not clean.",
    "Great sound, easy to set up, and the battery lasts all week.",
    "I was not impressed by the service.",
    "My daughter loves her new bicycle.",
    "It is too expensive and it does not work with my phone.",
    (
        "We waited an hour for a table, but the food was delicious, the staff made up for it with a free dessert, "
        "and in the end we had a wonderful evening together."
    ),
    "I wanted to like this book, but it was a complete waste of my time.",
)
