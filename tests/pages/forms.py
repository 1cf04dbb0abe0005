"""Checks of forms: a problem is shown at its place, in sight and with the focus."""

from playwright.sync_api import Locator, Page, expect

from tests.gateway import Gateway
from tests.pages.test_keyboard import find_mailed_code

# What has the focus: whether one sees all of it, what it says, how far it is from a button.
FOCUS = """button => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  const by = button?.getBoundingClientRect();
  const told = (at.getAttribute("aria-describedby") ?? "").split(" ")
    .map((id) => document.getElementById(id)).filter(Boolean);
  const seen = [at, ...told].every((each) => {
    const { top, bottom } = each.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
  return {
    words: [at, ...told].map((each) => each.innerText).join(" "),
    invalid: at.getAttribute("aria-invalid"),
    role: at.getAttribute("role"),
    seen,
    gap: by ? Math.abs(by.top - box.bottom) : null,
  };
}"""
NEAR = 90  # pixels between what is said and the button: both are seen together


def expect_problem_at_button(page: Page, button: Locator, words: str) -> None:
    """Check that a problem is above its button, in sight, focused and announced."""
    problem = page.get_by_role("alert").filter(has_text=words)
    expect(problem).to_be_focused()
    found = button.evaluate(FOCUS)
    assert found["role"] == "alert"
    assert found["seen"], found
    assert found["gap"] < NEAR, found


def expect_problem_at_field(field: Locator, words: str) -> None:
    """Check that a problem is at its field, which is in sight and has the focus."""
    expect(field).to_be_focused()
    found = field.evaluate(FOCUS.replace("button =>", "_ =>").replace("button?", "null?"))
    assert found["invalid"] == "true"
    assert words in found["words"]
    assert found["seen"], found


def sign_in_by_code(page: Page, site: Gateway, email: str) -> None:
    """Sign in by an e-mailed code on the sign-in page."""
    before = len(site.read_log())
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Six-digit code").fill(find_mailed_code(site, before))
    page.get_by_role("button", name="Sign in").click()
