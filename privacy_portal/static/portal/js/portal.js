// Starts each behaviour once. Pages work without any of them.
import "./confirm.js";
import "./copy.js";
import "./list-keys.js";
import "./live.js";
