"""One thread: two tests of tiny matrices should not fight for cores."""

import torch

torch.set_num_threads(1)
