"""Every page in its main states, on a real server: photographed, checked with axe-core, measured with Lighthouse."""
