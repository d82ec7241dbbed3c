// What helps and is not needed: every page works without it.

// Shows what is in a password field.
for (const button of document.querySelectorAll('button.show')) {
  const input = document.getElementById(button.getAttribute('aria-controls'));
  button.hidden = false;
  button.addEventListener('click', () => {
    const isShown = input.type === 'password';
    input.type = isShown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(isShown));
    button.textContent = isShown ? button.dataset.hide : button.dataset.show;
  });
  // Password managers know a password by the type of its field.
  input.form?.addEventListener('submit', () => {
    input.type = 'password';
  });
}

// A second click while the answer is on its way sends nothing.
for (const form of document.forms) {
  let isSent = false;
  form.addEventListener('submit', (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
    setTimeout(() => {
      isSent = false;
    }, 2000);
  });
}

// Copies a list, and prints the page.
for (const button of document.querySelectorAll('button[data-copy]')) {
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied;
  });
}
for (const button of document.querySelectorAll('button.print')) {
  button.addEventListener('click', () => print());
}
