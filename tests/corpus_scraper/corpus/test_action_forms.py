from corpus_scraper.corpus.action_forms import ActionForms, action_lines


def test_lines_are_counted_by_their_form() -> None:
    forms = ActionForms()
    text = (
        "A hall.\n\n> You go in.\n\nIt is > dark.\n\n> You’ll sleep.\n\n> “Who goes there?”\n\n"
        '> You say, "Me."\n\n> You ask Ann, “Who?”\n\n> Blood.\n\n> Your sword.\n\n> Blood.'
    )
    forms.add(action_lines(text))
    assert (forms.you, forms.speech, forms.other) == (2, 3, 3)
    assert forms.total == 8
    assert forms.document()["examples_of_other"] == ["Blood.", "Your sword."]
