/** Shows the logo: a pair of square brackets, like those around a flair in a key's name. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M12 8H8v16h4M20 8h4v16h-4" />
      <circle cx="16" cy="16" r="3" />
    </svg>
  );
}
