"""What a quantity may be multiplied or converted by: factors, potentials, calorific values, and where they hold."""
