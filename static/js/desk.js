// What every page of the desk can do. Each module looks for its own data- attributes and leaves the rest alone.
import "./live.js";
import "./panel.js";
import "./find.js";
import "./offers.js";
import "./picker.js";
import "./slot.js";
import "./grid.js";
import "./keys.js";
import "./moving.js"; // after the keys: Escape lets go only of what nothing else was closed for
import "./forms.js";
import "./explain.js";
import "./hours.js";
import "./nav.js";
import "./focus.js";
import "./copy.js";
import "./draft.js";
import "./mouth.js";
import "./signing.js";
