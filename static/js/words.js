// What the scripts say, in the language of the page: the sentences are in shell/words.html.
export function say(key, values = {}) {
  const words = document.getElementById("words").dataset[key];
  return words.replace(/{(\w+)}/g, (_, name) => values[name]);
}
