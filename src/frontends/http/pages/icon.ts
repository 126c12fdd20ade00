/** A drawer with its label: what a tab of the browser shows. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
<rect x="1" y="2" width="14" height="12" rx="2" fill="#1a5fb4"/>
<rect x="4" y="5" width="8" height="3" rx="0.5" fill="#fff"/>
<circle cx="8" cy="11" r="1.2" fill="#fff"/>
</svg>
`;
