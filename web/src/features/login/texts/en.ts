export const en = {
  title: "Sign in",
  hint: "With the login that your administrator gave you.",
  login: "Login",
  password: "Password",
  showPassword: "Show or hide the password",
  submit: "Sign in",
  missing: "Please fill this in.",
  throttled_one: "Too many attempts. Try again in {{count}} second.",
  throttled_other: "Too many attempts. Try again in {{count}} seconds.",
};
