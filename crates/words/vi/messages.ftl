# Texts that go out by mail, SMS and chat: receipts, questions, answers, one-time codes. Keys begin with send-.
