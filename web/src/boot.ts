/** All that happens before the application's code is there: it is small, so that it begins at once. */
import { askEarly } from "./api/early";
import { basePath } from "./api/client";
import { fetchFirst } from "./pages";

askEarly();
const first = fetchFirst(location.pathname.slice(basePath.length)).catch(() => undefined); // the router asks again, and tells
void Promise.all([import("./main"), first])
  .then(([main]) => main.start())
  .catch(() => document.getElementById("unfetched")?.removeAttribute("hidden"));
