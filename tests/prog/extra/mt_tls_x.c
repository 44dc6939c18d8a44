// SPDX-License-Identifier: MIT
_Thread_local int there;
