"""The embedded engine: a small block-diffusion model and its denoising loop."""
