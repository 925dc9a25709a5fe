// Package widgets has the widgets that scripts of rituals may ask for.
//
// A ritual shows slides. A widget is what people do together on one of them: put
// their photos into one picture, stand on a line of years, write words that
// cross. It is a Go file, which keeps what came of it and tells it to everybody;
// a JavaScript file of the same name, which shows it and lets people take part;
// and a page of documentation, which says what a script writes to have one.
// Importing this package makes all of them known to package widget; README.md
// tells how to add another.
//
// What they all keep to:
//
//   - What a widget tells is the whole of its state, so who comes late sees what
//     the others see. Chance is asked once, when something is added, and never
//     when it is told.
//   - A post that is no good is refused with a text that a person can read, and
//     changes nothing.
//   - All is bounded: how many things are posted, how long they are, how large a
//     picture may be. A full widget says so.
//   - Terms of a script are checked when the ritual is made, with the picture
//     that they name, so that a mistake is found before anybody comes. What a
//     widget does not know is ignored: scripts are older and newer than it.
//   - Work in a ritual's turn is a matter of milliseconds, and what everybody is
//     told alike is made once for each change, not for each of a thousand people.
//   - Text from people goes to browsers as text alone.
//
// What a page leaves for later pages has a name, which the script gives as
// "saveas". PhotoCollage leaves who has which picture, CrossWords and Trivia leave
// a list of texts, Histogram what was placed where. Such a value is never changed
// in place: a new one is kept instead. A later page that asks for a name that
// nobody kept, or that something else was kept under, goes on with nothing.
package widgets
