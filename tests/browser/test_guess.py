"""A guess in a figure in a real JupyterLab: dragged by hand and by keys, with the answer nowhere before it is made."""

import time

from test_drawing import MODEL
from test_walks import run_cells, wait

from qlib.lessons.question import Slider


def test_a_plain_slider_has_a_name_and_rests_once_the_guess_is_made(browser):
    page = browser.new_page()
    page.set_content('<div id="view"></div>')
    page.add_script_tag(type="module", content=Slider._esm + "\nwindow.render = render;")
    page.wait_for_function("!!window.render")
    bar = Slider((0, 500, 10))
    page.evaluate(MODEL, {"specs": bar.specs, "places": bar.places, "disabled": False})
    slider = page.get_by_role("slider", name="your guess")
    slider.press("ArrowRight")
    assert page.evaluate("model.get('places')") == [1] and page.locator(".number").inner_text() == "10"
    page.evaluate("model.set('disabled', true)")
    slider.evaluate("(node) => node.focus()")
    assert page.evaluate("document.activeElement === document.body"), "no hand and no key moves it"
    page.close()


def test_a_guess_is_dragged_and_the_answer_is_drawn_over_it(lesson):
    page = lesson("01_action_values")
    run_cells(page, 1)
    figure = page.locator(".qlib-guess")
    figure.locator(".halo").wait_for()
    slider, picture = figure.locator("input[type=range]"), figure.locator("svg")
    assert "your guess: 250" in figure.text_content() and "all of them" not in figure.text_content()
    picture.scroll_into_view_if_needed()
    boxes = []

    def at_rest() -> bool:  # what is drawn above it moves it down
        boxes.append(picture.bounding_box())
        time.sleep(0.3)
        return picture.bounding_box() == boxes[-1]

    wait(at_rest, "the figure stays where it is", 20)
    box, room = picture.bounding_box(), figure.locator(".room")
    top, tall = (float(room.get_attribute(name)) for name in ("y", "height"))
    page.mouse.move(box["x"] + 200, box["y"] + top + 0.5 * tall)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + top + 0.2 * tall, steps=4)
    page.mouse.up()
    assert abs(int(slider.input_value()) - 400) <= 3
    there = int(slider.input_value())
    page.keyboard.press("ArrowLeft")  # which JupyterLab would take for itself
    assert slider.get_attribute("aria-valuetext") == str(there - 1)
    assert f"your guess: {there - 1}" in figure.locator(".qlib-marks").get_attribute("aria-label")
    question = page.locator(".jp-OutputArea-output", has=figure)  # others may stand below, if a walk saved the lesson
    question.get_by_role("button", name="This is my guess").click()
    wait(lambda: "all of them: 5.00" in figure.text_content(), "the answer is drawn", 20)
    assert f"you said {there - 1}" in figure.text_content() and not slider.is_visible()
    assert page.get_by_text(f"You said {there - 1}. It is 5").is_visible()
