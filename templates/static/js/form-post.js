// The answer to an application goes on by itself.
document.querySelector("form[data-submit]").submit();
