// Go on when every application has answered in its frame (the page's own load event), or after a while.
const onwards = document.getElementById("onwards").href;
const goOn = () => location.replace(onwards);
if (document.readyState === "complete") goOn();
else {
  addEventListener("load", goOn);
  setTimeout(goOn, 3000);
}
