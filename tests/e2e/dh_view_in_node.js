// Runs dhat's viewer on files: node dh_view_in_node.js FILE… Prints what it draws; fails where it would show an error.
"use strict";
const fs = require("fs");
const vm = require("vm");

function element() {
  return {
    childNodes: [], style: {}, selectedIndex: 0, text: "",
    appendChild(child) { this.childNodes.push(child); child.parentNode = this; return child; },
    replaceChild(child, old) { this.childNodes[this.childNodes.indexOf(old)] = child; child.parentNode = this; },
    cloneNode() { return element(); },
  };
}

function drawn(node) {
  return node.text + node.childNodes.map(drawn).join("");
}

const places = ["/usr/libexec/valgrind/dh_view.js", "/usr/local/libexec/valgrind/dh_view.js", "/usr/lib/valgrind/dh_view.js"];
const viewer = fs.readFileSync(places.find((path) => fs.existsSync(path)), "utf8");
const document = {
  body: element(), title: "", location: { search: "" },
  createElement: element,
  createTextNode(text) { return { ...element(), text }; },
};
const context = vm.createContext({ document, window: {}, performance, URLSearchParams, console });
vm.runInContext(viewer, context);
vm.runInContext("onLoad()", context);
for (const path of process.argv.slice(2)) {
  context.text = fs.readFileSync(path, "utf8");
  vm.runInContext("gFilename = 'a'; gData = JSON.parse(text); buildTree(); displayTree(0, 0, 0);", context);
  console.log(drawn(document.body));
}
