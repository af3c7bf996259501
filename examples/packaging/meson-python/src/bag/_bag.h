#define BAG_STEP 2
