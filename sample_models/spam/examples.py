"""The example messages of the spam model's card, written for this project."""

EXAMPLES = (
    "Congratulations! You have won a £500 prize. Call 09050001234 now to claim it.",
    "Are you still coming for lunch? I can pick you up at 1",
    "FREE entry into our weekly draw! Text WIN to 80086 now. 16+ only, £1.50 per msg",
    "Sorry, I am in a meeting. I will call you later",
    "URGENT! Your mobile number was awarded a £2000 bonus. To claim, call our landline from any phone.",
    "happy birthday!! hope you have a great day :)",
    "New ringtones and games for your Nokia. Reply YES to get 3 for free, reply STOP to end",
    "Can you buy some milk on the way home? We are out of it.",
    "Hi, this is the dentist. Your appointment is on Monday at 9.30. Reply if you cannot come.",
    "You have 1 new voicemail. Please call 08719001234 to listen to it.",
    "lol ok, see u at the station then. Dont be late again",
    "Win tickets to the cup final! Visit www.example.com and enter your code. T&Cs apply",
)
