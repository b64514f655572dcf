//! The tests that cross the parts of Podhop.
