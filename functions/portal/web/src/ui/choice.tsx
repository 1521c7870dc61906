// A choice by typing. Until it is loaded it is a field, in which one may type already.

import type { Choosing } from "./combobox";
import { later } from "./later";
import { Field } from "./parts";

export const Choice = later<Choosing>(
  async () => (await import("./combobox")).Combobox,
  ({ name, label, hint, error, required, value, type }) => <Field name={name} label={label} hint={hint} error={error} required={required} value={value} change={type} autoComplete="off" spellcheck={false} />,
);
