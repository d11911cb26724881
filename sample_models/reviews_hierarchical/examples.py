"""The example reviews of the hierarchical model's card, written for this project."""

EXAMPLES = (
    "What a charming film! The music is wonderful. One scene was too long. I would watch it again. My kids loved it.",
    "We waited an hour for our food. The soup was cold. At least the waiter was friendly.",
    "The story is dull. The actors are great. I was bored after ten minutes. Do not waste your evening.",
    "I love this phone. The screen is sharp. The battery is not very good. Sound is great too!",
    "Terrible service. The cake was delicious. The coffee was awful. We will never come back. The place was dirty.",
    "The room was clean and quiet. Breakfast was excellent. The lift was broken, though.",
    "It broke after a week. The shop did not answer. The colour is nice. I want my money back.",
    "Great location. The staff were kind and helpful. The bed was uncomfortable. Our view was beautiful.",
    "The plot makes no sense. I liked the costumes. The ending was a disappointment.",
    "The pasta was perfect. The wine was poor. Dessert was amazing. The bill was too high. We had a lovely evening.",
    "Setting it up was easy. It works well with my computer. The cable is too short.",
    (
        "The first half is funny. The second half is terrible. The jokes are stupid. The cast is good. The camera is "
        "bad. The dialogue is awful. I liked the title song."
    ),
)
