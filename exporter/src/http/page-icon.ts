/** The page's icon: rows of a fleet, one of them with the roof line of an absent minion. */

export const PAGE_ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
<rect width="16" height="16" rx="3" fill="#181b1f"/>
<rect x="2" y="3" width="12" height="2.4" fill="#3ea7b5"/>
<rect x="2" y="6.8" width="12" height="2.4" fill="#ff9830"/>
<rect x="2" y="10.6" width="12" height="2.4" fill="#3ea7b5"/>
</svg>
`;
